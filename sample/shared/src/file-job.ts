/** What a job is about: one file. The data of a job travels through Redis, so it holds the path, not the bytes. */
export interface FileJob {
  /** The absolute path of the folder that was enqueued. */
  folder: string;
  /** The file, relative to the folder. */
  path: string;
}
