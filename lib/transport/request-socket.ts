import net from 'node:net';

/**
 * A TCP socket that is closed with a reset while a request on it has no complete response.
 *
 * An ordinary close leaves bytes that the peer has not acknowledged with the kernel, which goes on sending them for
 * minutes: an abandoned payment could reach the terminal after its outcome is decided. A reset (RFC 9293, 3.5.2: abort)
 * discards these bytes. A connection without an open request is closed as usual.
 */
export class RequestSocket extends net.Socket {
  /** A request is being sent, or its response is not complete. Set by the owner of the request. */
  requestOpen = false;
  #resetError: Error | undefined;

  override destroy(error?: Error): this {
    // While it connects, no byte has been sent.
    if (!this.requestOpen || this.connecting || this.destroyed) return super.destroy(error);
    this.requestOpen = false;
    this.#resetError = error;
    return this.resetAndDestroy();
  }

  /** `resetAndDestroy` takes no error: this adds the one that `destroy` was called with. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    super._destroy(error ?? this.#resetError ?? null, callback);
  }
}
