import { DATASET_NAME } from '../../contracts/dataset/dataset-name';

/** Folders that say nothing of what is in them. */
const GENERAL =
  /^(in|input|inbox|incoming|out|output|data|dataset|datasets|files?|raw|landing|bronze|silver|gold|logs?|export|exports|tmp|temp|downloads?|public|part|awslogs|v\d+|s3|lake|source|bucket|year|dt|date|[a-z])$/i;

/** A name for the dataset of a key: of its folders before the date, or of the file. */
export function nameOfDataset(key: string, local: boolean): string {
  const segments = key.split('/');
  const file = segments.at(-1) ?? '';
  const folders = segments.slice(0, -1);
  const stem = file.replace(/\.[a-z0-9.]*$/i, '');
  const candidates = local ? [stem, ...folders.reverse()] : [...folders.reverse(), stem];
  for (const candidate of candidates) {
    const name = slug(candidate);
    if (name !== '' && !GENERAL.test(name) && /[a-z]{2}/.test(name)) return name;
  }
  const name = slug(stem);
  return name.length > 1 ? name : 'dataset';
}

function slug(text: string): string {
  // Dates, hours, numbers of parts and keys of Hive's folders are no names.
  const bare = text.includes('=')
    ? ''
    : text.replace(/(19|20)\d{2}[-_.]?\d{2}[-_.]?\d{2}\S*/g, ' ').replace(/\b\d+\b/g, ' ');
  const name = bare
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '')
    .toLowerCase()
    .slice(0, 30)
    .replace(/-+$/, '');
  return DATASET_NAME.test(name) ? name : '';
}
