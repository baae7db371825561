package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SafeThreadLocalAccessor}.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class SafeThreadLocalAccessorTests {

	private final List<String> calls = new ArrayList<>();

	private @Nullable Error failure;

	private final ThreadLocalAccessor<String> safe = new SafeThreadLocalAccessor<>(new Recording());

	@Test
	void passesEveryCallOn() {
		assertThat(this.safe.key()).isEqualTo("key");
		assertThat(this.safe.getValue()).isEqualTo("value");
		callAll();
		assertThat(this.calls).containsExactly("get", "get", "set a", "set", "restore b", "restore");
	}

	@Test
	void failureHarmsNobodyAndIsLoggedOnce(CapturedOutput output) {
		this.failure = new NoClassDefFoundError("missing");
		assertThat(this.safe.getValue()).isNull();
		callAll();
		assertThat(this.calls).hasSize(6);
		assertThat(output.getAll().split("Values for the key 'key' do not travel", -1)).hasSize(2);
	}

	@Test
	void eachFailureIsLogged(CapturedOutput output) {
		this.failure = new NoClassDefFoundError("missing");
		List<Runnable> methods = List.of(() -> newOne().getValue(), () -> newOne().setValue("a"),
				() -> newOne().setValue(), () -> newOne().restore("b"), () -> newOne().restore());
		methods.forEach(Runnable::run);
		assertThat(output.getAll().split("Values for the key 'key' do not travel", -1)).hasSize(methods.size() + 1);
	}

	private void callAll() {
		this.safe.getValue();
		this.safe.setValue("a");
		this.safe.setValue();
		this.safe.restore("b");
		this.safe.restore();
	}

	private ThreadLocalAccessor<String> newOne() {
		return new SafeThreadLocalAccessor<>(new Recording());
	}

	private final class Recording implements ThreadLocalAccessor<String> {

		@Override
		public Object key() {
			return "key";
		}

		@Override
		public String getValue() {
			call("get");
			return "value";
		}

		@Override
		public void setValue(String value) {
			call("set " + value);
		}

		@Override
		public void setValue() {
			call("set");
		}

		@Override
		public void restore(String previousValue) {
			call("restore " + previousValue);
		}

		@Override
		public void restore() {
			call("restore");
		}

		private void call(String call) {
			SafeThreadLocalAccessorTests.this.calls.add(call);
			if (SafeThreadLocalAccessorTests.this.failure != null) {
				throw SafeThreadLocalAccessorTests.this.failure;
			}
		}

	}

}
