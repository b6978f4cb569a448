// Pictures: fetched, decoded, and drawn on canvases.

/**
 * A picture by its address, decoded.
 * @param {string} address
 * @param {AbortSignal} [signal] ends it with an AbortError
 * @returns {Promise<ImageBitmap>}
 */
export async function fetchBitmap(address, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok)
    throw Object.assign(new Error(`${address}: status ${answer.status}`), { status: answer.status });
  const bitmap = await createImageBitmap(await answer.blob());
  signal?.throwIfAborted();
  return bitmap;
}

/**
 * Fill a canvas with a picture, at the screen's own resolution: a picture of 128 px looks like one only when
 * it is enlarged smoothly.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 */
export function drawEnlarged(canvas, bitmap) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (canvas.width !== side) resize(canvas, side, side);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, side, side);
}

/**
 * Draw a picture pixel for pixel; nothing if there is none yet.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} [bitmap]
 */
export function drawExact(canvas, bitmap) {
  if (!bitmap) return;
  resize(canvas, bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

/**
 * Draw the square tile number `index` of a strip of pictures.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} strip
 * @param {number} index
 */
export function drawTile(canvas, strip, index) {
  const side = strip.height;
  if (canvas.width !== side) resize(canvas, side, side);
  canvas.getContext("2d").drawImage(strip, index * side, 0, side, side, 0, 0, side, side);
}

/**
 * Draw computed pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {(at: number) => number} level of one channel at a place in RGBA order, 0 … 255; alpha is not asked
 *   for
 */
export function drawPixels(canvas, width, height, level) {
  const made = new ImageData(width, height);
  for (let at = 0; at < made.data.length; at += 1) made.data[at] = at % 4 === 3 ? 255 : level(at);
  resize(canvas, width, height);
  canvas.getContext("2d").putImageData(made, 0, 0);
}

/**
 * The pixels of a picture, in RGBA order.
 * @param {ImageBitmap} bitmap
 * @returns {Uint8ClampedArray}
 */
export function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

/** @param {HTMLCanvasElement} canvas */
export function clearCanvas(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

function resize(canvas, width, height) {
  canvas.width = width;
  canvas.height = height;
}
