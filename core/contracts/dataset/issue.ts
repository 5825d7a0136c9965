/** Reports one thing that does not fit: where, what was expected (`expected …`), what is there. */
export type Issue = (path: (string | number)[], message: string, input: unknown) => void;
