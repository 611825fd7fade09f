/*
 * Loaded into a measured process before everything else: writes what the process has used, as JSON, to the
 * file that BENCH_USAGE names. CPU time is less touched by what else the machine does than time on the clock
 * is.
 */
const { subscribe } = require('node:diagnostics_channel');
const { writeFileSync } = require('node:fs');

const file = process.env.BENCH_USAGE;
delete process.env.BENCH_USAGE;
/** Milliseconds of CPU time since the process began. */
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
let firstQuery;

subscribe('http.client.request.start', ({ request }) => {
  if (request.path.includes('/conversations/details/query')) firstQuery ??= { ms: performance.now(), cpu: cpu() };
});
process.on('exit', () => {
  if (file)
    writeFileSync(file, JSON.stringify({ firstQuery, cpu: cpu(), peakRss: process.resourceUsage().maxRSS * 1_024 }));
});
