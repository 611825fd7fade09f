/** dynalite ships no types; this is as much of it as is used here. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: { readonly createTableMs: number }): Server;
}
