/** A text as a literal of SQL, whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes('\\') ? ` E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/** A name exactly as it is, upper case included. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
