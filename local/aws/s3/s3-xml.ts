import type { Listing, StoredObject, VersionListing } from './s3-store';

const HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\r\n\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, code: string) =>
      String.fromCodePoint(parseInt(code, hex ? 16 : 10)),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** The text of every element of that name, in order. */
export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map((match) =>
    unescapeXml(match[1] ?? ''),
  );
}

export function errorXml(code: string, message: string, resource: string): string {
  return `${HEADER}<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><Resource>${escapeXml(resource)}</Resource><RequestId>LOCAL</RequestId></Error>`;
}

export interface ListQuery {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly version: 1 | 2;
  readonly token: string | undefined;
  readonly startAfter: string | undefined;
  readonly urlEncoded: boolean;
}

export function listXml(query: ListQuery, listing: Listing): string {
  const text = (value: string): string =>
    escapeXml(query.urlEncoded ? encodeURIComponent(value).replaceAll('%2F', '/') : value);
  const contents = listing.objects.map(
    (object) =>
      `<Contents><Key>${text(object.key)}</Key><LastModified>${new Date(object.lastModified).toISOString()}</LastModified>` +
      `<ETag>${escapeXml(object.etag)}</ETag><Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const prefixes = listing.commonPrefixes.map(
    (prefix) => `<CommonPrefixes><Prefix>${text(prefix)}</Prefix></CommonPrefixes>`,
  );
  const more = listing.next;
  const paging =
    query.version === 1
      ? `<Marker>${text(query.startAfter ?? '')}</Marker>${more === undefined ? '' : `<NextMarker>${text(more)}</NextMarker>`}`
      : `<KeyCount>${listing.objects.length + listing.commonPrefixes.length}</KeyCount>` +
        (query.token === undefined ? '' : `<ContinuationToken>${escapeXml(query.token)}</ContinuationToken>`) +
        (query.startAfter === undefined ? '' : `<StartAfter>${text(query.startAfter)}</StartAfter>`) +
        (more === undefined ? '' : `<NextContinuationToken>${encodeToken(more)}</NextContinuationToken>`);
  return (
    `${HEADER}<ListBucketResult ${NAMESPACE}><Name>${query.bucket}</Name><Prefix>${text(query.prefix)}</Prefix>` +
    (query.delimiter === '' ? '' : `<Delimiter>${text(query.delimiter)}</Delimiter>`) +
    (query.urlEncoded ? '<EncodingType>url</EncodingType>' : '') +
    `<MaxKeys>${query.maxKeys}</MaxKeys><IsTruncated>${more !== undefined}</IsTruncated>${paging}` +
    `${contents.join('')}${prefixes.join('')}</ListBucketResult>`
  );
}

export function versionsXml(
  { bucket, prefix, maxKeys }: Pick<ListQuery, 'bucket' | 'prefix' | 'maxKeys'>,
  { versions, next }: VersionListing,
): string {
  const entries = versions.map(
    ({ id, isLatest, object }) =>
      `<Version><Key>${escapeXml(object.key)}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest>` +
      `<LastModified>${new Date(object.lastModified).toISOString()}</LastModified><ETag>${escapeXml(object.etag)}</ETag>` +
      `<Size>${object.body.length}</Size><StorageClass>STANDARD</StorageClass></Version>`,
  );
  const paging =
    next === undefined
      ? ''
      : `<NextKeyMarker>${escapeXml(next.object.key)}</NextKeyMarker><NextVersionIdMarker>${next.id}</NextVersionIdMarker>`;
  return (
    `${HEADER}<ListVersionsResult ${NAMESPACE}><Name>${bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix>` +
    `<MaxKeys>${maxKeys}</MaxKeys><IsTruncated>${next !== undefined}</IsTruncated>${paging}${entries.join('')}</ListVersionsResult>`
  );
}

export function bucketsXml(buckets: readonly string[], owner: string, created: string): string {
  const entries = buckets.map((name) => `<Bucket><Name>${name}</Name><CreationDate>${created}</CreationDate></Bucket>`);
  return `${HEADER}<ListAllMyBucketsResult ${NAMESPACE}><Owner><ID>${owner}</ID></Owner><Buckets>${entries.join('')}</Buckets></ListAllMyBucketsResult>`;
}

export function uploadXml(bucket: string, key: string, uploadId: string): string {
  return `${HEADER}<InitiateMultipartUploadResult ${NAMESPACE}><Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`;
}

export function uploadedXml(bucket: string, object: StoredObject): string {
  return `${HEADER}<CompleteMultipartUploadResult ${NAMESPACE}><Location>local</Location><Bucket>${bucket}</Bucket><Key>${escapeXml(object.key)}</Key><ETag>${escapeXml(object.etag)}</ETag></CompleteMultipartUploadResult>`;
}

export function copiedXml(object: StoredObject): string {
  return `${HEADER}<CopyObjectResult ${NAMESPACE}><LastModified>${new Date(object.lastModified).toISOString()}</LastModified><ETag>${escapeXml(object.etag)}</ETag></CopyObjectResult>`;
}

export function deletedXml(keys: readonly string[], denied: readonly string[]): string {
  const done = keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
  const refused = denied.map(
    (key) => `<Error><Key>${escapeXml(key)}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`,
  );
  return `${HEADER}<DeleteResult ${NAMESPACE}>${done.join('')}${refused.join('')}</DeleteResult>`;
}

function encodeToken(key: string): string {
  return Buffer.from(key).toString('base64');
}

export function decodeToken(token: string): string {
  return Buffer.from(token, 'base64').toString();
}
