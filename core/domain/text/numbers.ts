/** Numbers for people: messages, documents, the command line. */

/** `1,485`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 record`, `1,485 records`. */
export function count(value: number, noun: string, plural = `${noun}s`): string {
  return `${number(value)} ${value === 1 ? noun : plural}`;
}

/** `1st`, `2nd`, `3rd`, `11th`, `21st`. */
export function ordinal(n: number): string {
  const [tens, ones] = [n % 100, n % 10];
  if (tens >= 11 && tens <= 13) return `${number(n)}th`;
  return `${number(n)}${ones === 1 ? 'st' : ones === 2 ? 'nd' : ones === 3 ? 'rd' : 'th'}`;
}

/** What was measured: `−90`, `2,000`, `0.125`. */
export function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 }).replace('-', '−');
}

/** `12.3 %`, and never 0 % or 100 % for what is not quite that. */
export function percent(share: number): string {
  const text = Number((share * 100).toPrecision(3));
  return `${figure(share < 1 && text >= 100 ? 99.99 : text)} %`;
}

/** `12.3 MB`, in decimal units like the S3 console's. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size.toLocaleString('en-US', { maximumFractionDigits: unit === 0 || size >= 100 ? 0 : 1 })} ${units[unit] ?? ''}`;
}

/** `$12.30`, and of less than a cent `$0.0021`. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(usd < 0.01 ? 4 : 2)}`;
}
