// Parses each line of a file as JSON, and does nothing else.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) JSON.parse(line);
