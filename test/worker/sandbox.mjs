/** A sandboxed processor that never ends, and has no ear for its signal. */
export default async function run(job) {
  await job.updateProgress('started');
  await new Promise((resolve) => setInterval(resolve, 2 ** 30));
}
