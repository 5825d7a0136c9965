const { readFileSync } = require('node:fs');

/** Of /proc/<pid>/stat behind the name, which is in brackets: user and system time of the process, and of its children that have ended. */
const [USER, CHILDREN_SYSTEM] = [11, 14];
/** Linux tells them in this unit on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds that this process took of the processors, with all children that have ended and theirs; undefined but on Linux. */
function processorSeconds() {
  if (process.platform !== 'linux') return undefined;
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(USER, CHILDREN_SYSTEM + 1).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** A line at the end of a run: what it took of the processors. The clock alone says little on a machine that does other things, too. */
module.exports = class ProcessorTime {
  onRunComplete(_suites, { startTime }) {
    // The workers have ended by now.
    const seconds = processorSeconds();
    if (seconds === undefined) return;
    const wall = (Date.now() - startTime) / 1000;
    process.stderr.write(`Processor time: ${seconds.toFixed(0)} s, in ${wall.toFixed(0)} s by the clock\n`);
  }
};
