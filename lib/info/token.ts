import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares a request's token with the app's in constant time. */
export function isToken(candidate: Buffer, token: string): boolean {
  return timingSafeEqual(sha256(candidate), sha256(Buffer.from(token)));
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
