package io.github.loopthread.soak;

/**
 * Thrown when a page needs what a future does not have.
 */
class PageFailedException extends RuntimeException {

	PageFailedException(Throwable cause) {
		super(cause);
	}

}
