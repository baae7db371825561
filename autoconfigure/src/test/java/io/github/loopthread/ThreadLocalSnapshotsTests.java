package io.github.loopthread;

import java.util.List;
import java.util.Map;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ThreadLocalSnapshots} with two thread-locals.
 */
@Timeout(60)
class ThreadLocalSnapshotsTests {

	private final Value user = new Value("user");

	private final Value locale = new Value("locale");

	private final ContextSnapshotFactory snapshots = LoopContext.snapshotFactory(List.of(this.user, this.locale),
			List.of());

	@Test
	void scopeHasWhatWasCapturedAndNothingElse() {
		this.user.setValue("alice");
		ContextSnapshot snapshot = this.snapshots.captureAll();
		this.user.setValue("bob");
		this.locale.setValue("de");
		try (ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
			assertThat(this.user.getValue()).isEqualTo("alice");
			assertThat(this.locale.getValue()).isNull();
		}
		assertThat(this.user.getValue()).isEqualTo("bob");
		assertThat(this.locale.getValue()).isEqualTo("de");
	}

	@Test
	void scopeLeavesNothingWhereThereWasNothing() {
		this.user.setValue("alice");
		ContextSnapshot snapshot = this.snapshots.captureAll();
		this.user.setValue();
		try (ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
			assertThat(this.user.getValue()).isEqualTo("alice");
			assertThat(this.locale.removals).isZero();
			this.locale.setValue("de");
		}
		assertThat(this.user.getValue()).isNull();
		assertThat(this.locale.getValue()).isNull();
	}

	@Test
	void scopeThatRemovesItsValueLeavesNothing() {
		this.user.setValue("alice");
		ContextSnapshot snapshot = this.snapshots.captureAll();
		this.user.setValue();
		this.user.removals = 0;
		try (ContextSnapshot.Scope scope = snapshot.setThreadLocals()) {
			this.user.values.remove();
		}
		// What a task leaves behind may be more than what an accessor shows
		assertThat(this.user.removals).isOne();
	}

	@Test
	void scopeOfCallerWithoutValuesHidesWhatIsThere() {
		ContextSnapshot nothing = this.snapshots.captureAll();
		this.user.setValue("alice");
		try (ContextSnapshot.Scope scope = nothing.setThreadLocals()) {
			assertThat(this.user.getValue()).isNull();
			this.locale.setValue("de");
		}
		assertThat(this.user.getValue()).isEqualTo("alice");
		assertThat(this.locale.getValue()).isNull();
	}

	@Test
	void scopeWithoutValuesOnThreadWithoutValuesTouchesNothingButWhatIsLeftThere() {
		ContextSnapshot nothing = this.snapshots.captureAll();
		try (ContextSnapshot.Scope scope = nothing.setThreadLocals()) {
			this.locale.setValue("de");
		}
		assertThat(this.locale.getValue()).isNull();
		assertThat(this.locale.removals).isOne();
		assertThat(this.user.removals).isZero();
	}

	@Test
	void scopeForKeysLeavesOthersAsTheyAre() {
		this.user.setValue("alice");
		this.locale.setValue("de");
		ContextSnapshot snapshot = this.snapshots.captureAll();
		this.user.setValue("bob");
		this.locale.setValue("fr");
		try (ContextSnapshot.Scope scope = snapshot.setThreadLocals("user"::equals)) {
			assertThat(this.user.getValue()).isEqualTo("alice");
			assertThat(this.locale.getValue()).isEqualTo("fr");
			this.locale.setValue("it");
		}
		assertThat(this.user.getValue()).isEqualTo("bob");
		assertThat(this.locale.getValue()).isEqualTo("it");
	}

	@Test
	void scopeForKeysWithoutValuesLeavesOthersAsTheyAre() {
		ContextSnapshot nothing = this.snapshots.captureAll();
		try (ContextSnapshot.Scope scope = nothing.setThreadLocals("user"::equals)) {
			this.user.setValue("alice");
			this.locale.setValue("de");
		}
		assertThat(this.user.getValue()).isNull();
		assertThat(this.locale.getValue()).isEqualTo("de");
	}

	@Test
	void writesWhatWasCapturedIntoContext() {
		this.user.setValue("alice");
		ContextSnapshot snapshot = this.snapshots.captureAll();
		assertThat(snapshot.updateContext(Context.of("more", 1)).stream()).hasSize(2)
			.contains(Map.entry("user", "alice"), Map.entry("more", 1));
		Context context = Context.empty();
		assertThat(snapshot.updateContext(context, "locale"::equals)).isSameAs(context);
		this.user.setValue();
		assertThat(this.snapshots.captureAll().updateContext(context)).isSameAs(context);
	}

	@Test
	void takesValuesFromContextsToo() {
		this.locale.setValue("de");
		Context context = Context.of("user", "alice");
		for (ContextSnapshot snapshot : List.of(this.snapshots.captureAll(context),
				this.snapshots.captureFrom(context))) {
			try (ContextSnapshot.Scope scope = snapshot.setThreadLocals("user"::equals)) {
				assertThat(this.user.getValue()).isEqualTo("alice");
			}
		}
		try (ContextSnapshot.Scope scope = this.snapshots.setThreadLocalsFrom(context)) {
			assertThat(this.user.getValue()).isEqualTo("alice");
			assertThat(this.locale.getValue()).isNull();
		}
		assertThat(this.user.getValue()).isNull();
		assertThat(this.locale.getValue()).isEqualTo("de");
	}

	@Test
	void scopeThatReplacesDoesNotAskForWhatItSetsAndLeavesNothing() {
		this.user.setValue("alice");
		ThreadLocalSnapshots.Snapshot snapshot = (ThreadLocalSnapshots.Snapshot) this.snapshots.captureAll();
		this.user.setValue("bob");
		this.locale.setValue("de");
		this.user.questions = 0;
		try (ContextSnapshot.Scope scope = snapshot.replaceThreadLocals((key) -> false)) {
			assertThat(this.user.questions).isZero();
			assertThat(this.user.getValue()).isEqualTo("alice");
			assertThat(this.locale.getValue()).isNull();
			this.locale.setValue("fr");
		}
		assertThat(this.user.getValue()).isNull();
		assertThat(this.locale.getValue()).isNull();
	}

	@Test
	void scopeThatReplacesGivesBackWhatIsKept() {
		this.user.setValue("alice");
		ThreadLocalSnapshots.Snapshot snapshot = (ThreadLocalSnapshots.Snapshot) this.snapshots.captureAll();
		this.user.setValue("bob");
		this.locale.setValue("de");
		try (ContextSnapshot.Scope scope = snapshot.replaceThreadLocals("locale"::equals)) {
			assertThat(this.user.getValue()).isEqualTo("alice");
			assertThat(this.locale.getValue()).isNull();
		}
		assertThat(this.user.getValue()).isNull();
		assertThat(this.locale.getValue()).isEqualTo("de");
	}

	@Test
	void clearsValuesOfKeysAndRemovesNothingWhereThereIsNothing() {
		ThreadLocalSnapshots ours = (ThreadLocalSnapshots) this.snapshots;
		ours.clear((key) -> true);
		assertThat(this.user.removals).isZero();
		this.user.setValue("alice");
		this.locale.setValue("de");
		ours.clear("user"::equals);
		assertThat(this.user.getValue()).isNull();
		assertThat(this.locale.getValue()).isEqualTo("de");
	}

	private static final class Value implements ThreadLocalAccessor<String> {

		private final String key;

		private final ThreadLocal<@Nullable String> values = new ThreadLocal<>();

		private int removals;

		private int questions;

		Value(String key) {
			this.key = key;
		}

		@Override
		public Object key() {
			return this.key;
		}

		@Override
		public @Nullable String getValue() {
			this.questions++;
			return this.values.get();
		}

		@Override
		public void setValue(String value) {
			this.values.set(value);
		}

		@Override
		public void setValue() {
			this.removals++;
			this.values.remove();
		}

	}

}
