/** The texts around the values of a multipart body (RFC 7578). */
export const multipart = {
  contentType: (boundary: string) => `multipart/form-data; boundary=${boundary}`,
  /** Before a frame, which is a file. `name` is already escaped. */
  fileLead: (boundary: string, name: string) =>
    `--${boundary}\r\n` +
    `Content-Disposition: form-data; name="${name}"; filename="${name}.jpg"\r\n` +
    'Content-Type: image/jpeg\r\n\r\n',
  /** Before a text. `name` is already escaped. */
  textLead: (boundary: string, name: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`,
  trail: '\r\n',
  end: (boundary: string) => `--${boundary}--\r\n`,
}

/** Escapes names as browsers do: WHATWG HTML, "multipart/form-data encoding algorithm". */
export function escapeFieldName(name: string): string {
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}
