package io.github.loopthread;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Operators;

import org.springframework.core.io.buffer.NettyDataBufferFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DroppedResults}.
 */
@Timeout(60)
class DroppedResultsTests {

	private final DroppedResults dropped = new DroppedResults();

	@Test
	void countsAndReleasesBuffersOfNettyAndOfSpring() {
		ByteBuf nettys = Unpooled.buffer(8);
		ByteBuf springs = Unpooled.buffer(8);
		this.dropped.drop(nettys);
		this.dropped.drop((Object) new NettyDataBufferFactory(ByteBufAllocator.DEFAULT).wrap(springs));
		assertThat(nettys.refCnt()).isZero();
		assertThat(springs.refCnt()).isZero();
		assertThat(this.dropped.count()).isEqualTo(2);
	}

	@Test
	void countsWhatReactorDrops() {
		ByteBuf buffer = Unpooled.buffer(8);
		Operators.onNextDropped(buffer, this.dropped.hooks());
		assertThat(buffer.refCnt()).isZero();
		Operators.onErrorDropped(new IllegalStateException(), this.dropped.hooks());
		assertThat(this.dropped.count()).isEqualTo(2);
	}

}
