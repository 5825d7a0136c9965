import path from 'node:path';

/** The files of a repository, by their paths from its root. */
export interface Files {
  /** Whether there is a file, or a folder, of that path. */
  readonly has: (file: string) => boolean;
  readonly read: (file: string) => string;
}

/** What is cited and does not exist, each as `<file>: <citation>: <what is missing>`. */
export function brokenCitations(files: Files, file: string): string[] {
  const text = files.read(file);
  const found = file.endsWith('.md') ? [...linksOf(text), ...pathsOf(text)] : citationsOf(text);
  return found.flatMap((citation) => {
    const why = problemOf(files, file, citation);
    return why === undefined ? [] : [`${file}: ${citation.text}: ${why}`];
  });
}

interface Citation {
  readonly text: string;
  /** Empty: the citing file itself. */
  readonly target: string;
  readonly anchor?: string | undefined;
  readonly section?: string | undefined;
  /** Whether the target is meant from the citing file's folder, and not from the root. */
  readonly relative: boolean;
}

function problemOf(files: Files, file: string, { target, anchor, section, relative }: Citation): string | undefined {
  const from = relative || target.startsWith('.') ? path.posix.dirname(file) : '.';
  const cited = target === '' ? file : path.posix.normalize(path.posix.join(from, decodeURI(target)));
  if (!files.has(cited)) return `there is no ${cited}`;
  if (anchor === undefined && section === undefined) return undefined;
  if (!cited.endsWith('.md')) return anchor?.match(/^L\d+/) ? undefined : `${cited} has no sections`;
  const headings = headingsOf(files.read(cited));
  if (anchor !== undefined && !anchorsOf(headings).has(anchor)) return `${cited} has no section #${anchor}`;
  if (section !== undefined && !headings.some((heading) => heading.startsWith(`${section}. `)))
    return `${cited} has no section ${section}`;
  return undefined;
}

const CITED = /(?<target>[\w./-]+\.md)`?(?:#(?<anchor>[\w-]+)(?!\$|[\w-]))?(?: §(?<section>\d+))?/g;

/** Documents that code names: in comments by any name, elsewhere (alarms, messages, errors) where it begins with `docs/`. */
function citationsOf(source: string): Citation[] {
  return source.split('\n').flatMap((line) => {
    const comment = /^\s*(?:\*|\/\*|\/\/).*|\s\/\/\s.*/.exec(line)?.[0] ?? '';
    const inCode = line.slice(0, line.length - comment.length);
    return [
      ...[...inCode.matchAll(CITED)].filter(({ groups }) => groups?.['target']?.startsWith('docs/')),
      ...comment.matchAll(CITED),
    ].map(({ 0: text, groups }) => ({
      text,
      target: groups?.['target'] ?? '',
      // An anchor that is put together at run time has its own test.
      anchor: groups?.['anchor'],
      section: groups?.['section'],
      relative: false,
    }));
  });
}

/** Links of a page to the repository's own files and sections. */
function linksOf(markdown: string): Citation[] {
  const prose = withoutFences(markdown).replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [target = '', anchor] = link.split('#');
      return { text: link, target, anchor, relative: true };
    });
}

/** Source files that a page names by their whole path. */
function pathsOf(markdown: string): Citation[] {
  const folders = 'asl-lint|bench|bin|cli|core|datasets|docs|edges|lambdas|lib|local|scripts|test';
  const named = new RegExp(`\`((?:${folders})/[\\w./-]+\\.(?:ts|cjs|md))\``, 'g');
  return [...withoutFences(markdown).matchAll(named)].map(([, target = '']) => ({
    text: target,
    target,
    relative: false,
  }));
}

const withoutFences = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, '');

function headingsOf(markdown: string): string[] {
  return [...withoutFences(markdown).matchAll(/^#{1,6} +(.+?)\s*$/gm)].map(([, heading = '']) => heading);
}

/** The anchors that GitHub gives headings: of several with one name the later ones are numbered. */
function anchorsOf(headings: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}
