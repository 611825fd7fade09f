// Without imports: main.ts needs these before it loads the rest of the program.

/** Failed at run time. */
export const EXIT_FAILED = 1;
/** The command was called in a way it cannot serve. */
export const EXIT_USAGE = 2;
/** The configuration is invalid. EX_CONFIG of sysexits.h: systemd must not restart on it. */
export const EXIT_CONFIG = 78;
