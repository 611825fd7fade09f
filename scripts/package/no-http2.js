/** Stands for Node's http2 in the bundle: all requests of the program are HTTP/1.1, and loading it takes a while. */
export default { constants: {} };
