import { s3Access } from '../../../local/aws/iam';

const of = (operation: Parameters<typeof s3Access>[0], more: object = {}) =>
  s3Access(operation, { bucket: 'ledger', key: 'runs/a.json', ...more });

describe('what a request to S3 needs', () => {
  it('is an action on an object or on a bucket', () => {
    expect(of('HeadObject')).toEqual({ action: 's3:GetObject', resource: 'arn:aws:s3:::ledger/runs/a.json', keys: {} });
    expect(of('ListObjectsV2', { key: '', prefix: 'runs/' })).toEqual({
      action: 's3:ListBucket',
      resource: 'arn:aws:s3:::ledger',
      keys: { 's3:prefix': 'runs/' },
    });
  });

  it('says under which condition it writes or deletes', () => {
    expect(of('PutObject', { ifNoneMatch: '*' }).keys).toEqual({
      's3:ObjectCreationOperation': 'true',
      's3:if-none-match': '*',
    });
    expect(of('DeleteObject', { ifMatch: '"abc"' }).keys).toEqual({ 's3:if-match': '"abc"' });
  });

  it.each([
    ['PutObject', 'true'],
    ['CopyObject', 'true'],
    ['CompleteMultipartUpload', 'true'],
    ['CreateMultipartUpload', 'false'],
    ['UploadPart', 'false'],
  ] as const)('%s makes an object: %s', (operation, creates) => {
    expect(of(operation)).toMatchObject({ action: 's3:PutObject', keys: { 's3:ObjectCreationOperation': creates } });
  });
});
