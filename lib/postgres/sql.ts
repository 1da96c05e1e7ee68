/** A text as a literal of SQL, whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes('\\') ? ` E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/** A name exactly as it is, upper case included. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Seconds between two times as a text, which nothing between us and PostgreSQL makes an object or an inexact number of; `NaN` where
 * the earlier one is infinite.
 */
export function secondsBetween(earlier: string, later: string): string {
  return (
    `case isfinite(${earlier}) when true then round(extract(epoch from ${later} - ${earlier})::numeric, 6)::text ` +
    `when false then 'NaN' end`
  );
}
