import { enableCompileCache } from 'node:module';

/* Imported before all else: compiled modules are kept for the next start. */
enableCompileCache();
