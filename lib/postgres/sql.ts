/** PostgreSQL's own clock, whatever the search path finds first; all functions and types in statements are qualified so. */
export const NOW = 'pg_catalog.now()';

/** A text as an SQL literal, for any value of `standard_conforming_strings`. */
export function literal(text: string): string {
  const escaped = text.replaceAll("'", "''");
  return escaped.includes('\\') ? ` E'${escaped.replaceAll('\\', '\\\\')}'` : `'${escaped}'`;
}

/** A quoted name, which keeps its upper case: safe for any text without a NUL byte. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL expression that is true if a table has columns of these types, each with its schema. */
export function hasColumns(table: string, types: Readonly<Record<string, string>>): string {
  const used = Object.entries(types).map(([column, type]) => `(${literal(column)}, ${literal(type)})`);
  return (
    `not exists (select from (values ${used.join(', ')}) used (name, type) where not exists (` +
    `select from pg_catalog.pg_attribute where attrelid = pg_catalog.to_regclass(${literal(table)}) ` +
    `and attname = used.name and atttypid = pg_catalog.to_regtype(used.type) and not attisdropped))`
  );
}

/**
 * Seconds between two times, as a text because type parsers of the app may turn a number into an object or lose digits; `NaN` if
 * the earlier time is infinite.
 */
export function secondsBetween(earlier: string, later: string): string {
  return (
    `case pg_catalog.isfinite(${earlier}) when true ` +
    `then pg_catalog.round(extract(epoch from ${later} - ${earlier})::numeric, 6)::pg_catalog.text ` +
    `when false then 'NaN' end`
  );
}
