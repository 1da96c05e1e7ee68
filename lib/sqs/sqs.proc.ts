import { GetQueueAttributesCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { HireFireConfigError } from '../hirefire.errors.js';
import { hasMembers, propertyOf, stringOf } from '../hirefire.unknown.js';
import type { Backend, QueueReading } from '../procs/backend.js';
import { typeOf } from '../procs/failure-message.js';
import { current, type Late } from '../procs/late.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { Causes, networkCauses } from '../procs/network-causes.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';

/**
 * The used part of an `SQSClient`, of any 3.x of `@aws-sdk/client-sqs`.
 *
 * @example
 * ```ts
 * const client: SqsClient = new SQSClient({ region: 'eu-west-1' });
 * ```
 *
 * @publicApi
 */
export interface SqsClient {
  /** Sends a command of the library. */
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
  /** The client's settings. Together with {@link middlewareStack}, they show that an object is a client of the SDK. */
  readonly config: object;
  /** The steps of each request. */
  readonly middlewareStack: object;
}

/** {@link SqsClient} with the command of this package's own version: versions don't take one another's types. */
interface SendingClient {
  send(command: GetQueueAttributesCommand, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

const READY: QueueAttributeName = 'ApproximateNumberOfMessages';
const ACTIVE: QueueAttributeName = 'ApproximateNumberOfMessagesNotVisible';

// By hand, because the hosts of some emulators, such as sqs.us-east-1.127.0.0.1, are none for Node's URL.
const QUEUE_URL = /^https?:\/\/(?:[^/?#]*@)?([^/?#]+)\/(?:([^?#]*)\/)?([^/?#]+)$/;

const CAUSES = new Causes(networkCauses('server of SQS', ['https:', 'http:']), {}, {}, () => []);

/**
 * A proc over queues of Amazon SQS, standard or FIFO. It sends one request per queue, in parallel, through the app's own client,
 * which needs the permission `sqs:GetQueueAttributes`.
 *
 * The size is the visible messages plus those in flight; delayed ones count once they are due. SQS calls its numbers
 * approximate: they can be about a minute old. SQS does not report how long a message has waited, so there is no latency.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends SqsProc {
 *   constructor(client: SQSClient, config: ConfigService) {
 *     super(client, config.getOrThrow('MAIL_QUEUE_URL'), config.getOrThrow('IMAGES_QUEUE_URL'));
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class SqsProc extends QueueProc<string> {
  /**
   * @param client - the app's own `SQSClient`; for one that comes later or is replaced, a function that returns it
   * @param queueUrls - the URLs of the queues that this process works on
   * @throws HireFireConfigError without a client, without a queue, and for a queue that is not a URL
   */
  constructor(client: Late<SqsClient>, ...queueUrls: string[]) {
    const { name } = new.target;
    if (typeof client !== 'function') {
      checkClient(client, name);
    }
    checkUrls(queueUrls, name);
    super(...queueUrls);
    this[HOLD](sqs(client));
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}

function checkClient(client: unknown, procName: string): void {
  if (client === undefined || client === null) {
    throw new HireFireConfigError(
      `${procName} was given ${typeOf(client)} for a client: inject an SQSClient of @aws-sdk/client-sqs. For one that comes ` +
        'later, pass a function that returns it, as in super(() => service.client, mailUrl).',
    );
  }
  const isClient = hasMembers(client, { send: 'function', config: 'object', middlewareStack: 'object' });
  // Other clients of the SDK have another one.
  if (!isClient || (stringOf(propertyOf(client, 'config'), 'serviceId') ?? 'SQS') !== 'SQS') {
    throw new HireFireConfigError(
      `${procName} was given no SQS client: pass an SQSClient of @aws-sdk/client-sqs to super() before the queues' URLs, as in ` +
        'super(client, mailUrl).',
    );
  }
}

function checkUrls(urls: readonly unknown[], procName: string): void {
  if (urls.length === 0) {
    throw new HireFireConfigError(`${procName} has no queue: name at least one URL, as in super(client, mailUrl).`);
  }
  for (const [index, url] of urls.entries()) {
    if (typeof url !== 'string' || !QUEUE_URL.test(url)) {
      const fault = typeof url === 'string' ? 'not the URL of a queue' : typeOf(url);
      const instead = typeof url === 'string' ? ', instead of its name or ARN' : '';
      throw new HireFireConfigError(
        `${procName}: queue ${index + 1} of ${urls.length} is ${fault}. Pass its URL, such as ` +
          `https://sqs.us-east-1.amazonaws.com/123456789012/mail${instead}.`,
      );
    }
  }
}

function sqs(late: Late<SqsClient>): Backend<string> {
  return {
    metrics: ['size'],
    describe: (url) => {
      const [, host = '', account = ''] = QUEUE_URL.exec(url) ?? [];
      return { name: queueName(url), server: [host.toLowerCase(), account].filter(Boolean).join('/') };
    },
    async read(queueUrls, { signal, timeout, procName }) {
      const client: SendingClient | undefined = current(late);
      if (!client) {
        throw new MeasureFailure('the SQS client is not connected yet: the function that returns it returned none');
      }
      checkClient(client, procName);
      const aborted = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new MeasureFailure(`SQS did not answer within ${timeout} ms`)));
      });
      // The client may notice the signal late: while it loads credentials, or waits before it retries.
      return Promise.race([aborted, Promise.all(queueUrls.map((url) => readOne(client, url, signal)))]);
    },
  };
}

async function readOne(client: SendingClient, url: string, abortSignal: AbortSignal): Promise<QueueReading> {
  const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [READY, ACTIVE] });
  let answer: unknown;
  try {
    answer = await client.send(command, { abortSignal });
  } catch (error) {
    if (CAUSES.isKnown(error)) {
      throw CAUSES.failure("SQS can't be reached", error);
    }
    const reason = knownReason(error, queueName(url));
    throw reason === undefined ? error : new MeasureFailure(reason, { cause: error });
  }
  const attributes = propertyOf(answer, 'Attributes');
  return { ready: countOf(attributes, READY, url), active: countOf(attributes, ACTIVE, url) };
}

function countOf(attributes: unknown, name: QueueAttributeName, url: string): number {
  const count = stringOf(attributes, name);
  if (count === undefined || !/^\d+$/.test(count)) {
    throw new MeasureFailure(`SQS gave no ${name} of the queue "${queueName(url)}"`);
  }
  return Number(count);
}

/** Explains the known errors of SQS and its client, and any other code of the network; `undefined` for any other. */
function knownReason(error: unknown, queue: string): string | undefined {
  switch (stringOf(error, 'name')?.replace(/^AWS\.SimpleQueueService\.|Exception$/g, '')) {
    case 'QueueDoesNotExist':
    case 'NonExistentQueue':
      return `SQS has no queue "${queue}": correct its URL, or the region of the client`;
    case 'AccessDenied':
      return `SQS denies access to the queue "${queue}": allow its client sqs:GetQueueAttributes`;
    case 'InvalidClientTokenId':
    case 'UnrecognizedClient':
    case 'InvalidSignature':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
    case 'InvalidSecurity':
      return 'SQS refuses the credentials of its client';
    case 'CredentialsProviderError':
      return 'the SQS client has no credentials';
    case 'RequestThrottled':
    case 'Throttling':
    case 'TooManyRequests':
      return `SQS throttled the request for the queue "${queue}"`;
    default: {
      const code = stringOf(error, 'code') ?? '';
      return /^E[A-Z_]+$/.test(code) ? `SQS can't be reached: ${code}` : undefined;
    }
  }
}

function queueName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
