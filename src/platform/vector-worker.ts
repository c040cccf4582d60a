/** A thread that computes: started by workers.ts with the heap's memory, told what to do by messages. */
import { parentPort, workerData } from 'node:worker_threads';
import { runTask, type Task } from '../executor/vector/parallel/worker-task.ts';
import { loadKernels, twinKernels } from '../kernels/kernels.ts';

/** What a worker says: `null` to be looked after, else how its task ended. */
const port = parentPort;
if (port !== null) {
  const { memory } = workerData as { readonly memory: WebAssembly.Memory };
  const kernels = loadKernels(memory, true) ?? twinKernels(memory);
  port.on('message', (task: Task) => port.postMessage(runTask(task, memory, kernels, () => port.postMessage(null))));
}
