/** Does `work` with each item, `width` at a time, in their order. */
export async function inParallel(items, width, work) {
  const queue = items.values();
  const run = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: width }, run));
}
