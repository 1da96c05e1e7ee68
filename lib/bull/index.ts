export { BullProc } from './bull.proc.js';
