import { closeSync, openSync, readSync } from 'node:fs';

/** `e_machine` of an ELF header, by Node's name of the processor. */
const MACHINES: Readonly<Record<string, number>> = { arm64: 183, x64: 62 };
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** Offset of the 16-bit field `e_machine`. */
const MACHINE_OFFSET = 18;

/** Thrown when a native library isn't one, or is one for another processor. */
class WrongBinary extends Error {
  override readonly name = 'WrongBinary';
}

/**
 * Makes sure that a file is a Linux library for a processor. npm may exit 0 without having installed anything, or with the host's
 * binary; Lambda would say so only when the function starts.
 * @throws WrongBinary
 */
export function assertElf(file: string, cpu: string): void {
  const header = Buffer.alloc(20);
  let length = 0;
  try {
    const fd = openSync(file, 'r');
    try {
      length = readSync(fd, header, 0, header.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new WrongBinary(`${file}: not there, expected a Linux library for ${cpu}`, { cause });
  }
  if (length < header.length || !header.subarray(0, MAGIC.length).equals(MAGIC))
    throw new WrongBinary(`${file}: not an ELF file, expected a Linux library for ${cpu}`);
  const machine = header.readUInt16LE(MACHINE_OFFSET);
  if (machine !== MACHINES[cpu]) {
    const found = Object.entries(MACHINES).find(([, number]) => number === machine)?.[0] ?? `machine type ${machine}`;
    throw new WrongBinary(`${file}: built for ${found}, expected a Linux library for ${cpu}`);
  }
}
