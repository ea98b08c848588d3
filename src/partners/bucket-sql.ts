/** The bucket hashes of set.ts as a query (bucket, h, items) over a table with id and content_hash. Ids are collated "C": their byte order. */
export function bucketsSql(from: string): string {
  return `select bucket, count(*)::int as items, sha256(string_agg(convert_to(id || ' ' || encode(content_hash, 'hex') || E'\\n', 'UTF8'), ''::bytea order by id)) as h
    from ${from} group by bucket`
}

/** The 256 raw hashes one after the other, from `generate_series(0, 255) g left join b on b.bucket = g`. */
export const allBuckets = `string_agg(coalesce(h, sha256(''::bytea)), ''::bytea order by g)`
