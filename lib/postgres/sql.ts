/** A text as an SQL literal, for any value of `standard_conforming_strings`. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes('\\') ? ` E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/** A quoted name, which keeps its upper case. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Seconds between two times, as a text because type parsers of the app may turn a number into an object or lose digits; `NaN` if
 * the earlier time is infinite.
 */
export function secondsBetween(earlier: string, later: string): string {
  return (
    `case isfinite(${earlier}) when true then round(extract(epoch from ${later} - ${earlier})::numeric, 6)::text ` +
    `when false then 'NaN' end`
  );
}
