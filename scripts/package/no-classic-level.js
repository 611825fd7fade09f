/** Stands in the bundle for the native database classic-level, which the sandbox does not use. */
export const ClassicLevel = undefined;
