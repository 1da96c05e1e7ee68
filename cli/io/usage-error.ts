/** What the user gave is wrong: the message is one line that names the option or file and the cure. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
