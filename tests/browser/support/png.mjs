// Small PNG files: what Chromium photographs, in few colours. Chromium reads its own screenshots, so
// nothing more is needed.

import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";

/** The pixels of a PNG file, read by the browser that made it. */
export async function pixelsOf(browser, file) {
  const page = await browser.newPage();
  const { width, height, base64 } = await page.evaluate(async (source) => {
    const picture = await createImageBitmap(await (await fetch(source)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    let binary = "";
    for (let at = 0; at < data.length; at += 0x8000) {
      binary += String.fromCharCode(...data.subarray(at, at + 0x8000));
    }
    return { width: picture.width, height: picture.height, base64: btoa(binary) };
  }, `data:image/png;base64,${file.toString("base64")}`);
  await page.close();
  return { width, height, data: Buffer.from(base64, "base64") };
}

/**
 * A PNG file of the nearest colours of a palette, each [red, green, blue, alpha]: four bits a pixel, not
 * interlaced.
 */
export function indexed({ width, height, data }, palette) {
  assert.equal(data.length, 4 * width * height);
  assert.ok(palette.length <= 16, "four bits hold 16 colours");
  const known = new Map();
  const nearest = (at) => {
    const colour = data.readUInt32BE(at);
    if (!known.has(colour)) {
      const far = (entry) => entry.reduce((sum, part, of) => sum + (part - data[at + of]) ** 2, 0);
      const order = palette.map((entry, index) => [far(entry), index]).sort(([one], [other]) => one - other);
      known.set(colour, order[0][1]);
    }
    return known.get(colour);
  };
  // Each line begins with its filter: 0, none, packs best where neighbours are equal.
  const stride = 1 + Math.ceil(width / 2);
  const lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = nearest(4 * (y * width + x));
      lines[y * stride + 1 + (x >> 1)] |= x % 2 === 0 ? index << 4 : index;
    }
  }
  const opacities = palette.map(([, , , opacity]) => opacity);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([4, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => colour.slice(0, 3)))),
    ...(opacities.every((opacity) => opacity === 255) ? [] : [chunk("tRNS", Buffer.from(opacities))]),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(checksum(body), body.length + 4);
  return whole;
}

/** CRC-32 as PNG has it (ISO 3309). */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
