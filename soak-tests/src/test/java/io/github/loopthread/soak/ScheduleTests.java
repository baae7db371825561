package io.github.loopthread.soak;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ScheduleTests {

	@Test
	void sameSeedGivesSameFaults() {
		assertThat(faults(7, 100)).isEqualTo(faults(7, 100)).isNotEqualTo(faults(8, 100));
	}

	@Test
	void everyKindIsAmongTheFirstElevenWithThreeRestarts() {
		for (long seed = 0; seed < 100; seed++) {
			List<FaultKind> kinds = faults(seed, 11).stream().map(PlannedFault::kind).toList();
			assertThat(kinds).contains(FaultKind.values());
			assertThat(Collections.frequency(kinds, FaultKind.RESTART)).isEqualTo(3);
		}
	}

	@Test
	void everyNetworkFaultIsAmongTheFirstEight() {
		assertThat(
				faults(7, 88).stream().filter((fault) -> fault.kind() == FaultKind.NETWORK).map(PlannedFault::network))
			.containsExactlyInAnyOrder(NetworkFault.values());
	}

	private static List<PlannedFault> faults(long seed, int count) {
		Schedule schedule = new Schedule(seed);
		return Stream.generate(schedule::next).limit(count).toList();
	}

}
