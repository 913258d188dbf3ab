import config.lib.public_id
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('rooms', '0008_series_door'),
    ]

    operations = [
        migrations.CreateModel(
            name='BoardItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('seq', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('link', 'link'), ('note', 'text note')], max_length=4)),
                ('url', models.CharField(blank=True, max_length=1000)),
                ('text', models.CharField(blank=True, max_length=500)),
                ('pinned', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('loading', 'loading'), ('ready', 'ready'), ('failed', 'failed')], default='ready', max_length=8)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('site', models.CharField(blank=True, max_length=100)),
                ('picture', models.CharField(blank=True, max_length=32)),
                ('claimed_until', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='board', to='rooms.room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'loading')), fields=['claimed_until'], name='rooms_boarditem_due')],
                'constraints': [models.UniqueConstraint(fields=('room', 'seq'), name='rooms_boarditem_seq_once'), models.UniqueConstraint(condition=models.Q(('pinned', True)), fields=('room',), name='rooms_boarditem_one_pinned'), models.CheckConstraint(condition=models.Q(('kind__in', ['link', 'note'])), name='rooms_boarditem_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['loading', 'ready', 'failed'])), name='rooms_boarditem_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'link'), ('text', ''), models.Q(('url', ''), _negated=True)), models.Q(('kind', 'note'), ('url', ''), models.Q(('text', ''), _negated=True)), _connector='OR'), name='rooms_boarditem_link_or_note'), models.CheckConstraint(condition=models.Q(('removed_at', None), ('pinned', False), _connector='OR'), name='rooms_boarditem_pinned_while_there')],
            },
        ),
        migrations.CreateModel(
            name='ChatMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.lib.public_id.new_public_id, editable=False, max_length=14, unique=True)),
                ('seq', models.PositiveBigIntegerField()),
                ('key', models.CharField(max_length=32)),
                ('text', models.CharField(blank=True, max_length=500, verbose_name='text')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chat', to='rooms.room')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'chat message',
                'verbose_name_plural': 'chat messages',
                'constraints': [models.UniqueConstraint(fields=('room', 'seq'), name='rooms_chatmessage_seq_once'), models.UniqueConstraint(fields=('room', 'user', 'key'), name='rooms_chatmessage_key_once'), models.CheckConstraint(condition=models.Q(models.Q(('removed_at', None), models.Q(('text', ''), _negated=True)), models.Q(('removed_at__isnull', False), ('text', '')), _connector='OR'), name='rooms_chatmessage_words_unless_removed')],
            },
        ),
        migrations.CreateModel(
            name='RefusedWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=50)),
                ('folded', models.CharField(max_length=1000)),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('host', 'folded'), name='rooms_refusedword_once')],
            },
        ),
        migrations.AddField(
            model_name='room',
            name='chat_open',
            field=models.BooleanField(default=True, editable=False, verbose_name='chat is open'),
        ),
        migrations.AddField(
            model_name='room',
            name='chat_slow',
            field=models.PositiveSmallIntegerField(choices=[(0, 'no wait'), (5, '5 seconds'), (10, '10 seconds'), (30, '30 seconds'), (60, '1 minute')], default=0, editable=False),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('chat_slow__in', [0, 5, 10, 30, 60])), name='rooms_room_chat_slow_known'),
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='rooms_report_decision_known',
        ),
        migrations.AlterField(
            model_name='report',
            name='decision',
            field=models.CharField(blank=True, choices=[('dismiss', 'nothing to do'), ('warn', 'warn the person'), ('unsay', 'remove the message'), ('remove', 'remove the person from the room'), ('end_room', 'end the room'), ('close_account', 'close the account')], max_length=13, verbose_name='decision'),
        ),
        migrations.AlterField(
            model_name='report',
            name='kind',
            field=models.CharField(choices=[('person', 'a person'), ('room', 'a room'), ('message', 'a message')], max_length=16, verbose_name='about'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('decision__in', ['', 'dismiss', 'warn', 'unsay', 'remove', 'end_room', 'close_account'])), name='rooms_report_decision_known'),
        ),
    ]
