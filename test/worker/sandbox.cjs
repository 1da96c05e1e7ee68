/** A sandboxed processor of Bull or BullMQ that never ends, and has no ear for its signal. */
module.exports = async (job) => {
  await (job.updateProgress ? job.updateProgress('started') : job.progress(1));
  await new Promise(() => setInterval(() => undefined, 2 ** 30));
};
