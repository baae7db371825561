package io.github.loopthread.benchmarks;

import java.util.Optional;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class GoalsTests {

	private final Goals goals = new Goals();

	@Test
	void saysNothingWithoutFigures() {
		this.goals.add(Goal.A_BLOCK, Optional.empty());
		assertThat(this.goals.report()).isEmpty();
	}

	@Test
	void medianDecidesWhetherGoalIsReached() {
		this.goals.add(Goal.A_BLOCK, Optional.of(Statistics.of(0.5, 0.7, 0.9)));
		this.goals.add(Goal.C_TASKS, Optional.of(Statistics.of(0.9, 1.1)));
		this.goals.add(Goal.LARGE, Optional.of(Statistics.of(0.99)));
		assertThat(this.goals.report().lines().skip(4)).satisfiesExactly(
				(row) -> assertThat(row).endsWith("| ≤ 0.80 | ≤ 0.65 | 0.50 – **0.70** – 0.90 | yes |"),
				(row) -> assertThat(row).endsWith("| ≥ 0.95 | ≥ 1 | 0.90 – **1** – 1.10 | yes, stretch too |"),
				(row) -> assertThat(row).contains("| 0.99 – **0.99** – 0.99 | **no** |"));
	}

}
