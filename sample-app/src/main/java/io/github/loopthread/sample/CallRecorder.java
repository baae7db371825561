package io.github.loopthread.sample;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

import io.github.loopthread.LoopTaskListener;
import io.github.loopthread.LoopThread;

/**
 * Measures the calls of pages whose waterfall is wanted. Those on the loop are tasks, of
 * which the loop tells; those of blocking code are measured around the call. For other
 * pages it does nothing.
 */
@Component
class CallRecorder implements LoopTaskListener.Factory {

	private static final ThreadLocal<@Nullable Recording> CURRENT = new ThreadLocal<>();

	CallRecorder(LoopThread loopThread) {
		loopThread.addListener(this);
	}

	/**
	 * Make a page and record its calls.
	 */
	Waterfall record(Supplier<ProductPage> page) {
		Recording recording = new Recording();
		CURRENT.set(recording);
		try {
			return Waterfall.of(page.get(), recording);
		}
		catch (RuntimeException ex) {
			return Waterfall.withoutPage(ex, recording);
		}
		finally {
			CURRENT.remove();
		}
	}

	/**
	 * Make a call that blocks, and measure it if its page is recorded.
	 */
	<T> T measure(String name, Supplier<T> call) {
		Recording recording = CURRENT.get();
		if (recording == null) {
			return call.get();
		}
		LoopTaskListener measured = recording.begin(name);
		measured.started();
		try {
			T value = call.get();
			measured.ended(LoopTaskListener.Outcome.SUCCESS, null);
			return value;
		}
		catch (RuntimeException ex) {
			measured.ended(LoopTaskListener.Outcome.ERROR, ex);
			throw ex;
		}
	}

	@Override
	public @Nullable LoopTaskListener create(String task) {
		Recording recording = CURRENT.get();
		return (recording != null) ? recording.begin(task) : null;
	}

}
