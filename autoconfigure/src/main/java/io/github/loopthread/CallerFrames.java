package io.github.loopthread;

/**
 * The marker: suppressed in a task's own exception, it carries the frames of the caller
 * that got it. Without it only the loop's frames would be left.
 */
final class CallerFrames extends RuntimeException {

	private CallerFrames() {
		super("The caller waited here");
	}

	/**
	 * Add the calling thread's frames to a failure, unless it has those of a caller
	 * already: one that is cached and thrown again and again must not grow.
	 */
	static void addTo(Throwable failure) {
		// The monitor of addSuppressed itself, so that no other caller comes in between
		synchronized (failure) {
			for (Throwable suppressed : failure.getSuppressed()) {
				if (suppressed instanceof CallerFrames) {
					return;
				}
			}
			failure.addSuppressed(new CallerFrames());
		}
	}

}
