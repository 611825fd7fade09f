import type { Command } from 'commander';
import { completionScript, type Shell } from './completion.ts';
import { write } from './terminal.ts';

export async function printCompletion(shell: Shell, program: Command): Promise<number> {
  write(completionScript(shell, program));
  return 0;
}
