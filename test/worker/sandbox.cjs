/** A sandboxed processor of Bull that never ends. */
module.exports = async (job) => {
  await job.progress(1);
  await new Promise(() => setInterval(() => undefined, 2 ** 30));
};
