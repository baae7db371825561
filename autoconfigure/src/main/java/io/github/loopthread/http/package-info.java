/**
 * HTTP on the loop: the connector of a {@code WebClient} whose connections and name
 * resolution live on the loop thread, and what runs the calls of HTTP interfaces there.
 */
@NullMarked
package io.github.loopthread.http;

import org.jspecify.annotations.NullMarked;
