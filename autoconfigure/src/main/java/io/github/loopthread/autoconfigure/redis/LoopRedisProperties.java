package io.github.loopthread.autoconfigure.redis;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration properties for Redis on the loop.
 *
 * @param enabled whether the application's Lettuce connections run on the loop
 * @since 1.0.0
 */
@ConfigurationProperties("loop.redis")
public record LoopRedisProperties(@DefaultValue("false") boolean enabled) {

}
