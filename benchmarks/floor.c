/* What the kernel takes to carry a packet of voice to its own machine and back: the floor under
 * any program that sends one and receives one, a port and a period.
 *
 * usage: floor PORTS TICKS: tells microseconds of CPU a port, the median of TICKS.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PACKET = 172, MOST = 96, LARGEST = 2048 };

static long long cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int less(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int ports = argc > 1 ? atoi(argv[1]) : 1, ticks = argc > 2 ? atoi(argv[2]) : 100;
    int sockets[MOST];
    char packet[PACKET] = {0}, buffer[LARGEST];
    long long *spent;

    if (ports < 1 || ports > MOST || ticks < 1)
        return 2;
    spent = calloc((size_t)ticks, sizeof *spent);
    if (!spent)
        return 1;
    for (int n = 0; n < ports; n++) {
        struct sockaddr_in own = {.sin_family = AF_INET};
        socklen_t size = sizeof own;

        inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
        sockets[n] = socket(AF_INET, SOCK_DGRAM, 0);
        if (bind(sockets[n], (struct sockaddr *)&own, sizeof own) ||
            getsockname(sockets[n], (struct sockaddr *)&own, &size) ||
            connect(sockets[n], (struct sockaddr *)&own, size))
            return 1;
    }
    for (int tick = 0; tick < ticks; tick++) {
        long long began = cpu_ns();

        for (int n = 0; n < ports; n++) {
            if (send(sockets[n], packet, PACKET, 0) != PACKET ||
                recv(sockets[n], buffer, LARGEST, 0) != PACKET)
                return 1;
        }
        spent[tick] = cpu_ns() - began;
    }
    qsort(spent, (size_t)ticks, sizeof *spent, less);
    printf("%.3f\n", spent[ticks / 2] / 1000.0 / ports);
    return 0;
}
