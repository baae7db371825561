package io.github.loopthread;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The place in the application's code where something was opened that somebody must
 * close, for the message when nobody does. Cheap to remember; what costs is writing it.
 */
final class OpeningPlace {

	// Enough to find who has called a helper
	private static final int FRAMES = 5;

	// With ours on top, and two that the walker needs for itself, they fit into the first
	// batch that it fetches. The second costs as much as the first
	private static final StackWalker WALKER = StackWalker.getInstance(Set.of(Option.RETAIN_CLASS_REFERENCE),
			FRAMES + 6);

	private static final String PACKAGE = OpeningPlace.class.getPackageName();

	private static final ProtectionDomain ORIGIN = OpeningPlace.class.getProtectionDomain();

	private final List<?> frames;

	private OpeningPlace(List<?> frames) {
		this.frames = frames;
	}

	/**
	 * Return where the calling thread is, without the frames of this library on top.
	 */
	static OpeningPlace here() {
		return new OpeningPlace(WALKER.walk((frames) -> frames.dropWhile(OpeningPlace::isOurs).limit(FRAMES).toList()));
	}

	/**
	 * Return where a thread is that waits in a method of ours.
	 */
	static OpeningPlace of(Thread thread) {
		return new OpeningPlace(Arrays.stream(stackOf(thread))
			.dropWhile((frame) -> isJdks(frame) || isOurs(frame))
			.limit(FRAMES)
			.toList());
	}

	/**
	 * Return the stack of a thread, as an exception of its own would have it: without the
	 * class loader in each frame, in which nobody is interested.
	 */
	static StackTraceElement[] stackOf(Thread thread) {
		return Arrays.stream(thread.getStackTrace())
			.map((frame) -> new StackTraceElement(null, frame.getModuleName(), null, frame.getClassName(),
					frame.getMethodName(), frame.getFileName(), frame.getLineNumber()))
			.toArray(StackTraceElement[]::new);
	}

	private static boolean isOurs(StackFrame frame) {
		return isOurs(frame.getDeclaringClass());
	}

	/**
	 * Return whether a frame is this library's.
	 */
	static boolean isOurs(StackTraceElement frame) {
		try {
			return frame.getClassName().startsWith(PACKAGE)
					&& isOurs(Class.forName(frame.getClassName(), false, OpeningPlace.class.getClassLoader()));
		}
		catch (ClassNotFoundException ex) {
			return false;
		}
	}

	private static boolean isOurs(Class<?> type) {
		// Packages alone would hide tests and examples, origins alone what is packed into
		// one jar with us
		return type.getPackageName().startsWith(PACKAGE) && ORIGIN.equals(type.getProtectionDomain());
	}

	private static boolean isJdks(StackTraceElement frame) {
		return frame.getModuleName() != null && frame.getModuleName().startsWith("java.");
	}

	/**
	 * Return the frames as a stack trace has them, each on a line of its own.
	 */
	@Override
	public String toString() {
		return this.frames.stream().map((frame) -> "\n\tat " + frame).collect(Collectors.joining());
	}

}
