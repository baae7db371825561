package io.github.loopthread;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OpenOperations}.
 */
class OpenOperationsTests {

	private final OpenOperations operations = new OpenOperations();

	@Test
	void thereIsNothingToSayOfNone() {
		assertThat(this.operations.describe()).isNull();
		this.operations.add("first");
		this.operations.remove("first");
		assertThat(this.operations.describe()).isNull();
	}

	@Test
	void tenAreDescribedAndTheOthersCounted() {
		IntStream.rangeClosed(1, 10).forEach((i) -> this.operations.add("operation " + i));
		assertThat(this.operations.describe()).contains("operation 1", "operation 10").doesNotContain("more");
		this.operations.add("operation 11");
		this.operations.add("operation 12");
		assertThat(this.operations.describe()).endsWith(" and 2 more");
		assertThat(this.operations.describe().split("operation ")).hasSize(11);
		assertThat(this.operations.list()).hasSize(12);
	}

	@Test
	void descriptionThatFailsIsThatOfItsFailure() {
		Object operation = new Object() {

			@Override
			public String toString() {
				throw new IllegalStateException("broken");
			}

		};
		this.operations.add(operation);
		assertThat(this.operations.describe()).isEqualTo("java.lang.IllegalStateException");
		assertThat(this.operations.list()).isEqualTo(List.of("java.lang.IllegalStateException"));
	}

}
