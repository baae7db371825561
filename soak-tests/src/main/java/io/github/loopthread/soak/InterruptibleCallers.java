package io.github.loopthread.soak;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.stereotype.Component;

import io.github.loopthread.LoopInterruptedException;

/**
 * The threads that make calls, so that all can be interrupted at once, and never when
 * they do something else.
 */
@Component
class InterruptibleCallers {

	private final Set<Caller> callers = ConcurrentHashMap.newKeySet();

	private final Ledger ledger;

	InterruptibleCallers(Ledger ledger) {
		this.ledger = ledger;
	}

	/**
	 * Do something during which the calling thread may be interrupted.
	 */
	void run(Runnable action) {
		Caller caller = new Caller(Thread.currentThread());
		this.callers.add(caller);
		try {
			action.run();
		}
		catch (LoopInterruptedException ex) {
			if (!Thread.currentThread().isInterrupted()) {
				this.ledger.violated("an interrupted caller keeps its flag", "It was gone", ex);
			}
			throw ex;
		}
		finally {
			this.callers.remove(caller);
			caller.leave();
		}
	}

	int size() {
		return this.callers.size();
	}

	void interruptAll() {
		this.callers.forEach(Caller::interrupt);
	}

	private static final class Caller {

		private final Thread thread;

		private boolean left;

		Caller(Thread thread) {
			this.thread = thread;
		}

		synchronized void interrupt() {
			if (!this.left) {
				this.thread.interrupt();
			}
		}

		/** Forget an interrupt, which was meant for what the caller did until now. */
		synchronized void leave() {
			this.left = true;
			Thread.interrupted();
		}

	}

}
