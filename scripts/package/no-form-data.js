/**
 * Stands for form-data in the bundle: no request of the program has a form, and axios only asks whether one
 * has.
 */
export default class FormData {}
