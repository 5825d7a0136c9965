import { SchemaMismatch, TransientError } from '../../../../core/contracts/errors';
import { unlessRetryable } from '../../../../core/runtime/aws/unless-retryable';

const failing = (error: Error) => async () => {
  throw error;
};
const named = ({ name }: Error) => name;

test('gives what the work gives', async () => {
  expect(await unlessRetryable(() => Promise.resolve(1), named)).toBe(1);
});

test('a final error is for the caller to make something of, a foreign one by its name of ours', async () => {
  expect(await unlessRetryable(failing(new SchemaMismatch('columns')), named)).toBe('SchemaMismatch');
  expect(await unlessRetryable(failing(new TypeError('a defect')), named)).toBe('InternalError');
});

test('a retryable error is thrown, for the whole to be tried again; unless nobody will', async () => {
  const error = new TransientError('503');
  await expect(unlessRetryable(failing(error), named)).rejects.toBe(error);
  await expect(unlessRetryable(failing(Object.assign(new Error(), { name: 'SlowDown' })), named)).rejects.toMatchObject(
    {
      retryable: true,
    },
  );
  expect(await unlessRetryable(failing(error), named, { lastTry: true })).toBe('TransientError');
});

test('what goes wrong while something is made of the error is not hidden', async () => {
  const otherwise = () => {
    throw new Error('otherwise');
  };
  await expect(unlessRetryable(failing(new SchemaMismatch('columns')), otherwise)).rejects.toThrow('otherwise');
});
