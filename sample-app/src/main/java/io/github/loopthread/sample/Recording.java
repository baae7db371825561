package io.github.loopthread.sample;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener;

/**
 * The calls of one page while it is made. Each is measured where it happens: the page's
 * thread asks for it, and that thread or the loop's comes to it and ends it.
 */
final class Recording {

	private final long start = System.nanoTime();

	private final List<MeasuredCall> calls = new CopyOnWriteArrayList<>();

	/**
	 * Begin to measure a call for which the page asks now.
	 */
	LoopTaskListener begin(String name) {
		MeasuredCall call = new MeasuredCall(name, millis());
		this.calls.add(call);
		return call;
	}

	List<Call> calls() {
		return this.calls.stream().map(MeasuredCall::toCall).toList();
	}

	double millis() {
		return Math.round((System.nanoTime() - this.start) / 100_000.0) / 10.0;
	}

	private record Start(double time, String thread) {

	}

	private record End(double time, LoopTaskListener.Outcome outcome, @Nullable Throwable failure) {

	}

	private final class MeasuredCall implements LoopTaskListener {

		private final String name;

		private final double asked;

		// Both are written once, by the thread that comes to the call and by the one that
		// ends it, and read by the page's
		private volatile @Nullable Start start;

		private volatile @Nullable End end;

		MeasuredCall(String name, double asked) {
			this.name = name;
			this.asked = asked;
		}

		@Override
		public void started() {
			this.start = new Start(millis(), Thread.currentThread().getName());
		}

		@Override
		public void ended(Outcome outcome, @Nullable Throwable failure) {
			this.end = new End(millis(), outcome, failure);
		}

		Call toCall() {
			Start start = this.start;
			End end = this.end;
			Throwable failure = (end != null) ? end.failure() : null;
			return new Call(this.name, this.asked, (start != null) ? start.time() : null,
					(end != null) ? end.time() : null, (end != null) ? end.outcome() : null,
					(start != null) ? start.thread() : null, (failure != null) ? Reason.of(failure) : null,
					Reason.messageOf(failure));
		}

	}

}
