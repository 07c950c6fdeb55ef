/** Reads the guard's record of one release again and again, and keeps each window that it has judged. */
export class TripRecorder {
  #windows = [];
  #before;
  #record;
  #timer;
  #reading = Promise.resolve();

  constructor(releases, name) {
    this.#timer = setInterval(() => {
      this.#reading = this.#reading.then(() => this.#read(releases, name));
    }, 250);
  }

  async stop() {
    clearInterval(this.#timer);
    await this.#reading;
  }

  /** The windows, when it tripped (epoch ms), and the evidence at which it had to. */
  get found() {
    const { trippedAt, evidence } = this.#record;
    return { windows: this.#windows, tripped: trippedAt, tripLine: evidence.threshold };
  }

  async #read(releases, name) {
    const record = (await releases.records()).get(name);
    if (record === undefined) return;
    this.#record = record;
    if (record.windows === (this.#before?.windows ?? 0)) return;
    const before = this.#before ?? {
      newBad: 0,
      newTotal: 0,
      controlBad: 0,
      controlTotal: 0,
      watermark: null,
    };
    this.#before = record;
    this.#windows.push({
      from: before.watermark ?? record.watermark - 5_000,
      to: record.watermark,
      logE: record.logE ?? 0,
      new: { bad: record.newBad - before.newBad, total: record.newTotal - before.newTotal },
      control: {
        bad: record.controlBad - before.controlBad,
        total: record.controlTotal - before.controlTotal,
      },
    });
  }
}
