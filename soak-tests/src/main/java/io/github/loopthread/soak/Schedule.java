package io.github.loopthread.soak;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import io.github.loopthread.faults.FaultProxy.Direction;

/**
 * The faults, one after the other without end. The same seed gives the same ones. They
 * are dealt as cards are: among any that are dealt from one deck, each kind is there, and
 * the restart of the loop three times.
 */
final class Schedule {

	private static final List<FaultKind> KINDS = Stream
		.concat(Stream.of(FaultKind.values()), Stream.of(FaultKind.RESTART, FaultKind.RESTART))
		.toList();

	private static final List<NetworkFault> NETWORK_FAULTS = List.of(NetworkFault.values());

	private final Random random;

	private final Deque<FaultKind> kinds = new ArrayDeque<>();

	private final Deque<NetworkFault> networkFaults = new ArrayDeque<>();

	Schedule(long seed) {
		this.random = new Random(seed);
	}

	PlannedFault next() {
		FaultKind kind = deal(this.kinds, KINDS);
		NetworkFault network = (kind == FaultKind.NETWORK) ? deal(this.networkFaults, NETWORK_FAULTS)
				: NetworkFault.LATENCY;
		Direction direction = this.random.nextBoolean() ? Direction.UPSTREAM : Direction.DOWNSTREAM;
		return new PlannedFault(kind, millis(2000, 4000), duration(kind), network, direction);
	}

	private Duration duration(FaultKind kind) {
		return (kind == FaultKind.SUSPENDED) ? Duration.ofSeconds(3) : millis(1000, 3000);
	}

	private Duration millis(int from, int to) {
		return Duration.ofMillis(from + this.random.nextInt(to - from));
	}

	private <T> T deal(Deque<T> deck, List<T> cards) {
		if (deck.isEmpty()) {
			List<T> shuffled = new ArrayList<>(cards);
			Collections.shuffle(shuffled, this.random);
			deck.addAll(shuffled);
		}
		return deck.remove();
	}

}
