package io.github.loopthread;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.BaseSubscriber;
import reactor.util.context.Context;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.NettyDataBuffer;
import org.springframework.core.io.buffer.NettyDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link BoundarySubscriber}, between a client and an operator that write down
 * what they are told.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class BoundarySubscriberTests {

	private static final Context CONTEXT = Context.of("user", "alice");

	private final List<String> told = new ArrayList<>();

	private final Boundary boundary = new Boundary(new Task());

	private @Nullable Throwable thrown;

	@Test
	void signalsPassInTheScopeOfTheTask() {
		this.boundary.onSubscribe(new Client());
		this.boundary.request(3);
		this.boundary.onNext("a");
		assertThat(this.boundary.hasEnded()).isFalse();
		this.boundary.onComplete();
		assertThat(this.boundary.hasEnded()).isTrue();
		assertThat(this.told).containsExactly("subscribed", "request 3", "open", "next a", "close", "end", "open",
				"complete", "close");
	}

	@Test
	void failurePassesInTheScopeOfTheTask() {
		this.boundary.onSubscribe(new Client());
		this.boundary.onError(new IOException("reset"));
		assertThat(this.boundary.hasEnded()).isTrue();
		assertThat(this.told).containsExactly("subscribed", "end", "open", "error reset", "close");
	}

	@Test
	void endsOnce() {
		this.boundary.onSubscribe(new Client());
		this.boundary.onComplete();
		this.told.clear();
		this.boundary.onComplete();
		this.boundary.onError(new IOException("reset"));
		this.boundary.stop(new IOException("stopped"));
		assertThat(this.told).isEmpty();
	}

	@Test
	void isCancelledAndEndsWithThat() {
		this.boundary.onSubscribe(new Client());
		this.boundary.cancel();
		assertThat(this.boundary.hasEnded()).isTrue();
		this.boundary.cancel();
		this.boundary.onNext("late");
		this.boundary.onError(new IOException("reset"));
		assertThat(this.told).containsExactly("subscribed", "end", "cancel", "cancel");
	}

	@Test
	void releasesBufferThatComesAfterTheEnd() {
		NettyDataBuffer buffer = new NettyDataBufferFactory(ByteBufAllocator.DEFAULT).allocateBuffer(1);
		CoreSubscriber<DataBuffer> operator = new BaseSubscriber<>() {

		};
		BoundarySubscriber<DataBuffer> boundary = new BoundarySubscriber<>(null, operator) {

			@Override
			protected void onEnd() {
			}

		};
		boundary.cancel();
		boundary.onNext(buffer);
		assertThat(buffer.isAllocated()).isFalse();
	}

	@Test
	void mayBeCancelledBeforeClientSubscribes() {
		this.boundary.request(1);
		this.boundary.cancel();
		assertThat(this.told).containsExactly("end");
	}

	@Test
	void whatOperatorThrowsFailsTask() {
		this.thrown = new NoClassDefFoundError("missing");
		this.boundary.onSubscribe(new Client());
		this.boundary.onNext("a");
		assertThat(this.told).containsExactly("subscribed", "open", "next a", "close", "end", "cancel", "fail missing");
	}

	@Test
	void whatOperatorThrowsAtTheEndFailsTask() {
		this.thrown = new NoClassDefFoundError("missing");
		this.boundary.onComplete();
		assertThat(this.told).containsExactly("end", "open", "complete", "close", "fail missing");
	}

	@Test
	void whatOperatorThrowsAtFailureFailsTask() {
		this.thrown = new NoClassDefFoundError("missing");
		this.boundary.onError(new IOException("reset"));
		assertThat(this.told).containsExactly("end", "open", "error reset", "close", "fail missing");
	}

	@Test
	void stopCancelsClientAndFailsOperator(CapturedOutput output) {
		this.boundary.onSubscribe(new Client());
		this.thrown = new NoClassDefFoundError("missing");
		this.boundary.stop(new IOException("stopped"));
		assertThat(this.told).containsExactly("subscribed", "end", "cancel", "open", "error stopped", "close");
		assertThat(output).contains("failed when its loop stopped");
	}

	@Test
	void withoutTaskSignalsPassAndWhatIsThrownIsThrownOn() {
		Boundary without = new Boundary(null);
		without.onSubscribe(new Client());
		without.onNext("a");
		assertThat(this.told).containsExactly("subscribed", "next a");
		this.thrown = new NoClassDefFoundError("missing");
		assertThat(catchThrowable(() -> without.onNext("b"))).isSameAs(this.thrown);
		this.thrown = new IllegalStateException("unchecked");
		assertThat(catchThrowable(new Boundary(null)::onComplete)).isSameAs(this.thrown);
	}

	@Test
	void withoutTaskCheckedExceptionIsThrownOnInWrapperOfReactor() {
		Boundary without = new Boundary(null);
		this.thrown = new IOException("checked");
		assertThat(Exceptions.unwrap(catchThrowable(() -> without.onNext("a")))).isSameAs(this.thrown);
	}

	@Test
	void hasContextOfOperator() {
		assertThat(this.boundary.currentContext()).isSameAs(CONTEXT);
	}

	@SuppressWarnings("unchecked")
	private static <E extends Throwable> void throwIfAny(@Nullable Throwable thrown) throws E {
		if (thrown != null) {
			throw (E) thrown;
		}
	}

	private final class Boundary extends BoundarySubscriber<String> {

		Boundary(@Nullable LoopBoundary task) {
			super(task, new Operator());
		}

		@Override
		protected void onEnd() {
			BoundarySubscriberTests.this.told.add("end");
		}

	}

	private final class Operator implements CoreSubscriber<String> {

		@Override
		public Context currentContext() {
			return CONTEXT;
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			BoundarySubscriberTests.this.told.add("subscribed");
		}

		@Override
		public void onNext(String item) {
			tell("next " + item);
		}

		@Override
		public void onError(Throwable error) {
			tell("error " + error.getMessage());
		}

		@Override
		public void onComplete() {
			tell("complete");
		}

		private void tell(String signal) {
			BoundarySubscriberTests.this.told.add(signal);
			BoundarySubscriberTests.<RuntimeException>throwIfAny(BoundarySubscriberTests.this.thrown);
		}

	}

	private final class Client implements Subscription {

		@Override
		public void request(long n) {
			BoundarySubscriberTests.this.told.add("request " + n);
		}

		@Override
		public void cancel() {
			BoundarySubscriberTests.this.told.add("cancel");
		}

	}

	private final class Task implements LoopBoundary {

		@Override
		public boolean isDone() {
			return false;
		}

		@Override
		public void began(Object operation) {
		}

		@Override
		public void ended(Object operation) {
		}

		@Override
		public Scope open() {
			BoundarySubscriberTests.this.told.add("open");
			return () -> BoundarySubscriberTests.this.told.add("close");
		}

		@Override
		public void fail(Throwable error) {
			BoundarySubscriberTests.this.told.add("fail " + error.getMessage());
		}

	}

}
