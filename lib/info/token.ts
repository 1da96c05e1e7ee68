import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether what a request brought is the app's token, in a time that tells nothing about either. */
export function isToken(candidate: Buffer, token: string): boolean {
  return timingSafeEqual(sha256(candidate), sha256(Buffer.from(token)));
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
